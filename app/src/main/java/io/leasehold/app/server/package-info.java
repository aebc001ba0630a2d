/** Puts a node together from its parts, and takes it apart again. */
@NullMarked
package io.leasehold.app.server;

import org.jspecify.annotations.NullMarked;
