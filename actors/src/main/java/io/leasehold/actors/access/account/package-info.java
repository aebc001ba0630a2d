/** Users, organizations, keys and instances of the gateway, in the database of the journal. */
@NullMarked
package io.leasehold.actors.access.account;

import org.jspecify.annotations.NullMarked;
