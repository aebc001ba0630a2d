-- Accounts of the gateway; the same statements serve H2 in PostgreSQL mode and PostgreSQL. Lists are
-- JSON text. A slug is taken only by what lives: live_slug is null once its owner is deleted, and nulls
-- are never equal.
CREATE TABLE users (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  email VARCHAR(254) NOT NULL UNIQUE,
  username VARCHAR(50) NOT NULL UNIQUE,
  password_hash VARCHAR(72) NOT NULL,
  first_name VARCHAR(100),
  last_name VARCHAR(100),
  is_active BOOLEAN DEFAULT TRUE NOT NULL,
  is_verified BOOLEAN DEFAULT FALSE NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE TABLE organizations (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  slug VARCHAR(50) NOT NULL,
  live_slug VARCHAR(50) UNIQUE,
  description VARCHAR(500),
  owner_id VARCHAR(36) NOT NULL REFERENCES users (id),
  plan VARCHAR(20) NOT NULL,
  max_redis_instances INTEGER NOT NULL,
  max_memory_gb INTEGER NOT NULL,
  max_api_keys INTEGER NOT NULL,
  deleted_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE TABLE organization_memberships (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  user_id VARCHAR(36) NOT NULL REFERENCES users (id),
  organization_id VARCHAR(36) NOT NULL REFERENCES organizations (id),
  role VARCHAR(10) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  UNIQUE (user_id, organization_id)
);

-- key_hash: SHA-256 of the token in hex. The token itself stands nowhere.
CREATE TABLE api_keys (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  key_hash VARCHAR(64) NOT NULL UNIQUE,
  key_prefix VARCHAR(16) NOT NULL,
  user_id VARCHAR(36) NOT NULL REFERENCES users (id),
  organization_id VARCHAR(36) NOT NULL REFERENCES organizations (id),
  scopes TEXT NOT NULL,
  commands_allow TEXT NOT NULL,
  commands_deny TEXT NOT NULL,
  keyspace_prefixes TEXT NOT NULL,
  instances TEXT NOT NULL,
  rate_limit_rps INTEGER,
  rate_limit_burst INTEGER,
  last_used_at TIMESTAMP WITH TIME ZONE,
  last_used_ip VARCHAR(64),
  is_active BOOLEAN DEFAULT TRUE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX api_keys_of_organization ON api_keys (organization_id, created_at);

CREATE TABLE redis_instances (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  slug VARCHAR(60) NOT NULL,
  live_slug VARCHAR(60),
  organization_id VARCHAR(36) NOT NULL REFERENCES organizations (id),
  type VARCHAR(10) NOT NULL,
  host VARCHAR(255),
  port INTEGER,
  database_no INTEGER,
  tls BOOLEAN DEFAULT FALSE NOT NULL,
  username VARCHAR(255),
  password_enc TEXT,
  max_memory BIGINT NOT NULL,
  current_memory BIGINT DEFAULT 0 NOT NULL,
  max_connections INTEGER,
  redis_version VARCHAR(32),
  status VARCHAR(10) NOT NULL,
  health_status VARCHAR(10) NOT NULL,
  last_health_check_at TIMESTAMP WITH TIME ZONE,
  last_error VARCHAR(500),
  deleted_at TIMESTAMP WITH TIME ZONE,
  dropped_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  UNIQUE (organization_id, live_slug)
);

CREATE TABLE audit_logs (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  user_id VARCHAR(36),
  api_key_id VARCHAR(36),
  organization_id VARCHAR(36),
  action VARCHAR(50) NOT NULL,
  resource_type VARCHAR(30) NOT NULL,
  resource_id VARCHAR(36),
  details TEXT NOT NULL,
  ip_address VARCHAR(64) NOT NULL,
  user_agent VARCHAR(200) NOT NULL,
  status VARCHAR(10) NOT NULL,
  error_message VARCHAR(500),
  created_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX audit_logs_of_organization ON audit_logs (organization_id, created_at);
CREATE INDEX audit_logs_by_age ON audit_logs (created_at);

-- What the other nodes have to forget. Kept for an hour; the time is the database's own.
CREATE TABLE access_changes (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  kind VARCHAR(20) NOT NULL,
  resource_id VARCHAR(36) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE INDEX access_changes_by_age ON access_changes (created_at);

-- Rows to lock where two must not decide at a time.
CREATE TABLE access_guards (
  name VARCHAR(20) NOT NULL PRIMARY KEY
);
INSERT INTO access_guards (name) VALUES ('registration');
