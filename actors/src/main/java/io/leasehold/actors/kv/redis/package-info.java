/** The keyspaces of embedded Redis instances in the shards of the key-value store. */
@NullMarked
package io.leasehold.actors.kv.redis;

import org.jspecify.annotations.NullMarked;
