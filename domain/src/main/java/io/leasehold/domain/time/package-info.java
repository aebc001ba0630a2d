/** The one way to ask for the time. */
@NullMarked
package io.leasehold.domain.time;

import org.jspecify.annotations.NullMarked;
