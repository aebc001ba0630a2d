/** The settings of telemetry, read from a YAML file of its own, with the place of each mistake. */
@NullMarked
package io.leasehold.config.telemetry;

import org.jspecify.annotations.NullMarked;
