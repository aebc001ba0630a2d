/** The alerts a node raises by itself: rules, their expressions, and what is active. */
@NullMarked
package io.leasehold.domain.health.alert;

import org.jspecify.annotations.NullMarked;
