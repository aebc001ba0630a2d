/** The routes of the gateway's control plane: users, organizations, keys, instances, audit log. */
@NullMarked
package io.leasehold.http.access.account;

import org.jspecify.annotations.NullMarked;
