/** Recorders that cost nothing to speak of, and what is counted with them. */
@NullMarked
package io.leasehold.actors.metrics;

import org.jspecify.annotations.NullMarked;
