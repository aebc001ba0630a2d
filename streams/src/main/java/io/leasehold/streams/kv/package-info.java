/** The key-value store behind the lock port. */
@NullMarked
package io.leasehold.streams.kv;

import org.jspecify.annotations.NullMarked;
