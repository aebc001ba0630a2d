/** The lock protocol over TCP: connections, the order of their answers, their limits. */
@NullMarked
package io.leasehold.streams.lock;

import org.jspecify.annotations.NullMarked;
