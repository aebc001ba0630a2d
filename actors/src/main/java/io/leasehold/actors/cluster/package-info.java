/** How a node is set up as a member of its cluster. */
@NullMarked
package io.leasehold.actors.cluster;

import org.jspecify.annotations.NullMarked;
