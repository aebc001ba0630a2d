/** Telemetry over TCP: from chunks of lines to the buffers of targets, and on to their backends. */
@NullMarked
package io.leasehold.streams.telemetry;

import org.jspecify.annotations.NullMarked;
