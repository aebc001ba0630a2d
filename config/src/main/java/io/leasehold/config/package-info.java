/** Typed settings of a node: read whole at start, immutable afterwards. */
@NullMarked
package io.leasehold.config;

import org.jspecify.annotations.NullMarked;
