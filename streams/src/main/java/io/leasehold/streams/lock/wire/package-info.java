/** The lock protocol in bytes: requests read, answers written. */
@NullMarked
package io.leasehold.streams.lock.wire;

import org.jspecify.annotations.NullMarked;
