/** The dashboard: its page, and the data behind it. */
@NullMarked
package io.leasehold.http.dashboard;

import org.jspecify.annotations.NullMarked;
