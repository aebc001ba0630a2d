/** Settings of the log. */
@NullMarked
package io.leasehold.config.log;

import org.jspecify.annotations.NullMarked;
