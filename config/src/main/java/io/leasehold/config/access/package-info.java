/** Settings of who may do what. */
@NullMarked
package io.leasehold.config.access;

import org.jspecify.annotations.NullMarked;
