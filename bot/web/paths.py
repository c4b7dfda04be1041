"""The addresses of the web face and what answers them."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter


def router_of(*routes: tuple[str, str, Callable[..., Any]]) -> APIRouter:
    """Return a router for pages, which no list of an API names; a route is a method, a path and what answers it."""
    api = APIRouter(include_in_schema=False)
    for method, path, endpoint in routes:
        api.add_api_route(path, endpoint, methods=[method], response_model=None)
    return api
