/** The management port: how schedulers and other nodes ask a node about its cluster. */
@NullMarked
package io.leasehold.http.cluster;

import org.jspecify.annotations.NullMarked;
