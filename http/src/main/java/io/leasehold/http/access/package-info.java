/** What every HTTP door does with a request: who asks, how errors look, what is logged. */
@NullMarked
package io.leasehold.http.access;

import org.jspecify.annotations.NullMarked;
