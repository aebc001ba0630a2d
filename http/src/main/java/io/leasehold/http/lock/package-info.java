/** Locks over HTTP. */
@NullMarked
package io.leasehold.http.lock;

import org.jspecify.annotations.NullMarked;
