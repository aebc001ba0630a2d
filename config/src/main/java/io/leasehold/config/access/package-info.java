/** Settings of keys and what they open. */
@NullMarked
package io.leasehold.config.access;

import org.jspecify.annotations.NullMarked;
