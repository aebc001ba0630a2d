package io.leasehold.app.fault;

/** What a client asked of the store. */
enum StoreKind {
  PUT,
  GET,
  DELETE,
  /** A write that names the version it replaces; 0 = the key must be absent. */
  CAS,
  /** By one, from 0. */
  INCREMENT
}
