/** Asks the parts of a node how they are. */
@NullMarked
package io.leasehold.actors.health;

import org.jspecify.annotations.NullMarked;
