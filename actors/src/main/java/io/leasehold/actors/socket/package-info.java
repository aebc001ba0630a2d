/**
 * TCP connections on selector threads of our own, which also run the streams behind them: from the
 * socket to the first actor and back without a change of thread. Knows nothing of what is said.
 */
@NullMarked
package io.leasehold.actors.socket;

import org.jspecify.annotations.NullMarked;
