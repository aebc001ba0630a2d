/** Typed settings: read whole at the start, immutable after it. */
@NullMarked
package io.leasehold.config;

import org.jspecify.annotations.NullMarked;
