/** The administration of the telemetry sidecar over HTTP. */
@NullMarked
package io.leasehold.http.telemetry;

import org.jspecify.annotations.NullMarked;
