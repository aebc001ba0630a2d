/** What the rules of a lock and its wire cost, without actors, sockets or journal. */
@NullMarked
package io.leasehold.bench.lock;

import org.jspecify.annotations.NullMarked;
