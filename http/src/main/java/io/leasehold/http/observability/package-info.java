/** Health, readiness, metrics and statistics over HTTP. */
@NullMarked
package io.leasehold.http.observability;

import org.jspecify.annotations.NullMarked;
