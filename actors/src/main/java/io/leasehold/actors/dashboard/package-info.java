/** What every node tells the dashboards of the cluster, and how it is gathered. */
@NullMarked
package io.leasehold.actors.dashboard;

import org.jspecify.annotations.NullMarked;
