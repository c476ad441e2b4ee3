-- One request, again and again: METHOD, TARGET, KEY and BODY are found in the environment.

wrk.method = os.getenv("METHOD")
wrk.path = os.getenv("TARGET")
wrk.headers["X-Api-Key"] = os.getenv("KEY")
wrk.body = os.getenv("BODY")
if wrk.body then wrk.headers["Content-Type"] = "application/json" end
