/** A whole cluster on one machine, to try it out. */
@NullMarked
package io.leasehold.app.cluster;

import org.jspecify.annotations.NullMarked;
