/** Settings of the node among other nodes. */
@NullMarked
package io.leasehold.config.cluster;

import org.jspecify.annotations.NullMarked;
