/** The shards of the key-value store: actors, their journal, and the way to them. */
@NullMarked
package io.leasehold.actors.kv;

import org.jspecify.annotations.NullMarked;
