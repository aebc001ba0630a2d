/** How the log looks, and that it never blocks a request. */
@NullMarked
package io.leasehold.app.log;

import org.jspecify.annotations.NullMarked;
