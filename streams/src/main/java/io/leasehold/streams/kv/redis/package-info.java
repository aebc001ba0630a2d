/** The port that speaks the protocol of Redis, for embedded instances. */
@NullMarked
package io.leasehold.streams.kv.redis;

import org.jspecify.annotations.NullMarked;
