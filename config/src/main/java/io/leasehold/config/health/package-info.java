/** Settings of the health checks. */
@NullMarked
package io.leasehold.config.health;

import org.jspecify.annotations.NullMarked;
