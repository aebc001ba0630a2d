/** A small client of the lock protocol, for the command line. */
@NullMarked
package io.leasehold.app.client;

import org.jspecify.annotations.NullMarked;
