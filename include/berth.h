/**
 * @file berth.h
 * One way to use any database. This is the only header that a program includes.
 *
 * Read session.h first: everything else serves the session.
 */
#ifndef BERTH_H
#define BERTH_H

#include <berth/arrow.h>
#include <berth/bulk.h>
#include <berth/engine.h>
#include <berth/error.h>
#include <berth/isolation.h>
#include <berth/params.h>
#include <berth/result.h>
#include <berth/schema.h>
#include <berth/session.h>
#include <berth/settings.h>
#include <berth/statement.h>
#include <berth/value.h>
#include <berth/version.h>

#endif
