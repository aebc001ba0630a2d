/** Rules of accounts: what a name must look like, who may do what in an organization, quotas. */
@NullMarked
package io.leasehold.domain.access.account;

import org.jspecify.annotations.NullMarked;
