/** Settings of the monitoring ports and of the metrics. */
@NullMarked
package io.leasehold.config.monitor;

import org.jspecify.annotations.NullMarked;
