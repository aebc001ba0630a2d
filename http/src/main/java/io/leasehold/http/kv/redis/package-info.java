/** The data plane of the Redis gateway: HTTP requests in the forms of Upstash become commands. */
@NullMarked
package io.leasehold.http.kv.redis;

import org.jspecify.annotations.NullMarked;
