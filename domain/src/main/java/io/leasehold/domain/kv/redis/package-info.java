/**
 * The embedded Redis engine: what a command does to the keyspace of an instance, and what it
 * answers. Behaviour and texts are those of Redis 7.0.
 */
@NullMarked
package io.leasehold.domain.kv.redis;

import org.jspecify.annotations.NullMarked;
