/** External instances: connections to a Redis elsewhere, that a user registered. */
@NullMarked
package io.leasehold.actors.kv.redis.external;

import org.jspecify.annotations.NullMarked;
