/** What an operator looks at when something is odd. */
@NullMarked
package io.leasehold.http.debug;

import org.jspecify.annotations.NullMarked;
