/** One actor per lock key, the journal of its partition, and what a node knows of its locks. */
@NullMarked
package io.leasehold.actors.lock;

import org.jspecify.annotations.NullMarked;
