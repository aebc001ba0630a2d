/** Limits that hold for the whole cluster. */
@NullMarked
package io.leasehold.actors.access;

import org.jspecify.annotations.NullMarked;
