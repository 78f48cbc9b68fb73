DROP INDEX CONCURRENTLY user_search_outdated;
