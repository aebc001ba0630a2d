/** The destinations of telemetry: what each must do, and those that are built in. */
@NullMarked
package io.leasehold.streams.telemetry.backend;

import org.jspecify.annotations.NullMarked;
