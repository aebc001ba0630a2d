/** The rules of the key-value store: what an operation does to a shard, and what it answers. */
@NullMarked
package io.leasehold.domain.kv;

import org.jspecify.annotations.NullMarked;
