/** Settings of the port of the application: store, gateway, dashboard. */
@NullMarked
package io.leasehold.config.http;

import org.jspecify.annotations.NullMarked;
