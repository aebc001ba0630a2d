/** Traces whose messages come to different nodes of a cluster. */
@NullMarked
package io.leasehold.actors.telemetry;

import org.jspecify.annotations.NullMarked;
